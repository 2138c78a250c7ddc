"""The core: people, organisations, cases, materials, letters, clock, roles. Knows no policy and no HTTP."""
