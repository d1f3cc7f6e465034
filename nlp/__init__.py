"""Language: what is asked, where, how urgent. Knows neither calls nor cases nor a database."""
