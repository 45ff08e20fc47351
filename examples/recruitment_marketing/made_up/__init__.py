"""A made-up industry: agencies, their marketers, what they answer and what goes wrong on the way."""
