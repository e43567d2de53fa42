"""What an organisation allows: when, how often and how fast its texts may go."""
