"""Following up: plans by outcome, each visit's way through its plan, and what customers answer to the question."""
