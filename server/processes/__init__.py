"""What keeps processes running: who starts them and ends with them, their garbage, what a worker looks after."""
