"""What every part of Sendoff agrees on about texts, by topic.

The API's schemas, the tablet's TypeScript, the documentation and the tests are made from these modules.
"""
