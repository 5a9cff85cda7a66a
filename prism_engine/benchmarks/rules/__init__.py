"""What answers in free words say: which option, which value, yes or no.

Pure functions of text. Each says what was meant, or that nothing can be read or several things
are said; none of them guesses.
"""
