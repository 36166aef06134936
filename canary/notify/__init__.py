"""How reports reach people: letters made into messages, and messages carried without losing one."""
