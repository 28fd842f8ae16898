"""What was typed in a form whose files are too large to be taken: its fields stand before the files."""

from werkzeug.sansio.multipart import Data, Field, File, MultipartDecoder, NeedData

#: bytes of a form in which its fields are looked for
LONGEST_HEAD = 512 * 1024
#: bytes that are read and thrown away, so that a browser that is still sending gets an answer
MOST_DRAINED = 128 * 1024 * 1024
CHUNK = 64 * 1024


def read_fields(stream, boundary):
    """Return {name: [texts]} of the fields before the first file, and read the rest away.

    :param stream: of the body, not read yet
    :param bytes boundary: between its parts
    """
    fields, name, text, drained = {}, None, b"", 0
    decoder = MultipartDecoder(boundary, max_form_memory_size=LONGEST_HEAD)
    is_over = False
    while drained < MOST_DRAINED and (chunk := stream.read(CHUNK)):
        drained += len(chunk)
        is_over = is_over or drained > LONGEST_HEAD
        if is_over:
            continue
        decoder.receive_data(chunk)
        while not isinstance(event := decoder.next_event(), NeedData):
            if isinstance(event, Field):
                name, text = event.name, b""
            elif isinstance(event, Data) and name is not None:
                text += event.data
                if not event.more_data:
                    fields.setdefault(name, []).append(text.decode("utf-8", "replace"))
                    name = None
            elif isinstance(event, File):
                is_over = True
                break
    return fields
