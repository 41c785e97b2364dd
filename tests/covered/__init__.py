"""What a whole run of the suite reached: branches of the code, and words that scripts answer."""
