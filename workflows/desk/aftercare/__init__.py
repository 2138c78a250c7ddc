"""Officers' pages for what follows the recognition: services, agreements, evaluations, and who is recognised."""
