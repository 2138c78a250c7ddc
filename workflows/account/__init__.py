"""The account's own safety: the device of the second factor, its codes, the question after the password."""
