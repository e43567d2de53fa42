"""The proof that texts are sent once: each day held against the provider's own record, and what became of each."""
