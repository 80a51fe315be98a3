// The tar reader of libarchive (format only: no filter, no *_all, so nothing of libxml2, libcrypto or liblzma is linked),
// and the two decompressors called directly, so that a layer's bytes are hashed and parsed in one pass.
#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>
#include <zstd.h>
