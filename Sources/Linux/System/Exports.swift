// Errno is part of every signature here: whoever imports Linux sees it too.
@_exported public import struct SystemPackage.Errno
