"""Container hosting: what the Pulumi program, the command line and the tests share. Imports no Pulumi."""
