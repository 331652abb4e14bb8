"""Every alarm as data: what it looks at, from which value on, what it means and what to do first."""
