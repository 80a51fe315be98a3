// The decompressors of the layers' archives. The tar format itself is read and written in Swift.
#include <zlib.h>
#include <zstd.h>
