"""The page of our own that each customer has behind a link: what we hold of them, and what they may do about it."""
