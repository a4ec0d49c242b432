"""Speed: programs that take turns on one machine, and the ratios of what they did."""
