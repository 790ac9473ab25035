"""Tell: what a run showed, on the terminal and in Allure."""
