"""What a person is told of a data set: a checkup, a summary, and a preview."""
