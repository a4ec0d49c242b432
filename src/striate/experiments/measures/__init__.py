"""What is measured: of a table, of a network with its first numbers, and of one that has learnt."""
