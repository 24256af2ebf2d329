#!/usr/bin/python3
# Runs Debian's syncevo-http-server on the loopback only. Debian 12 ships it with a first line that no system
# can run, it listens on every interface, and it answers GET with text where bytes are wanted.
import sys

PATH = '/usr/bin/syncevo-http-server'
with open(PATH) as f:
    text = f.read().split('\n', 1)[1]
text = text.replace('listenTCP(url.port, site)', 'listenTCP(url.port, site, interface="127.0.0.1")')
text = text.replace('return "<html>', 'return b"<html>')
sys.argv[0] = PATH
exec(compile(text, PATH, 'exec'), {'__name__': '__main__', '__file__': PATH})
