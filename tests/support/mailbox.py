"""An SMTP server that keeps what it receives, and a parser that tells what a letter's head says.

mailbox.py serve FOLDER: prints its port, then writes each message it accepts to a file in FOLDER.
The local part of a recipient's address says what happens to a message:

    later-…   451 the first time, accepted from then on
    unknown-… 550 with an enhanced code, and the address in the text
    policy-…  550 5.7.1
    hang-…    no answer

mailbox.py parse: reads messages from standard input, one a line in hexadecimal, and writes what
Python's parser finds in each, one JSON object a line.
"""

import asyncio
import email
import email.policy
import email.utils
import json
import os
import re
import sys
from email.header import decode_header, make_header


def parse():
    for line in sys.stdin:
        # As the parser of `email` says it, with folds undone and words decoded.
        source = bytes.fromhex(line)
        message = email.message_from_bytes(source, policy=email.policy.default)
        found = {
            "headers": message.keys(),
            "subject": str(message["subject"] or ""),
            "to": recipients(source),
            "auto_submitted": message["auto-submitted"],
            "message_id": message["message-id"],
            "date": message["date"].datetime.isoformat(),
            "type": message.get_content_type(),
            "parts": [[p.get_content_type(), p.get_content()] for p in message.iter_parts()],
        }
        print(json.dumps(found), flush=True)


def recipients(source):
    # By the older parser: the newer one puts spaces between the encoded words of a long name.
    message = email.message_from_bytes(source)
    fields = [re.sub(r"\r?\n(?=[ \t])", "", field) for field in message.get_all("to")]
    found = email.utils.getaddresses(fields)
    return [[str(make_header(decode_header(name))), address] for name, address in found]


class Mailbox:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0
        self.seen = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        kind = address.split("-")[0]
        if kind == "hang":
            await asyncio.sleep(3600)
        if kind == "unknown":
            return f"550 5.1.1 <{address}>: nobody here is called that"
        if kind == "policy":
            return "550 5.7.1 relaying denied"
        if kind == "later" and address not in self.seen:
            self.seen.add(address)
            return f"451 4.2.1 <{address}> is busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        name = os.path.join(self.folder, f"{self.count:06}")
        with open(name + ".tmp", "wb") as file:
            file.write(envelope.content)
        os.rename(name + ".tmp", name + ".eml")
        return "250 taken"


async def serve(folder):
    from aiosmtpd.smtp import SMTP

    box = Mailbox(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(box, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    # Whoever started this holds the other end; when it is gone, so is this.
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1] == "parse":
        parse()
    else:
        asyncio.run(serve(sys.argv[2]))
