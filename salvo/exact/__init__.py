"""A second answer, in closed form, where there is one."""
