"""What the query strings of the long tables may ask for, each filter alone or together with others."""
