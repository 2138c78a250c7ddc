"""A small policy of the tests' own, a training grant: its folder and its flow, registered for one test."""
