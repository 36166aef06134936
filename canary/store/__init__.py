"""Where everything is kept: trials, runs and prompts in one database, pages in a folder."""
