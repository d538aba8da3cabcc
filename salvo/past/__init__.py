"""Past raids: the record, a model of their outcomes, and the score of a prediction."""
