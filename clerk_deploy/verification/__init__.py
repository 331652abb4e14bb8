"""Live checks of an environment from outside.

Import the modules themselves. The package runs in Lambda too: standard library and urllib3, boto3 where AWS
is asked, dnspython only where DNS is asked.
"""
