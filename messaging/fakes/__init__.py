"""A text provider of one's own: it speaks as Twilio's API does, delivers to nobody, and has bad days on request.

It is written from Twilio's description and shares no code with the client that talks to it: what one of them has
understood wrongly, the other does not excuse.
"""
