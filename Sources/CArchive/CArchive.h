// The door to libarchive 3.6 or newer. No shim: every call Archive makes is a plain C function.

#ifndef CARCHIVE_H
#define CARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

// The kinds of entry. libarchive's own names are casts, which Swift does not import.
enum carchive_kind {
    carchive_kind_file = AE_IFREG,
    carchive_kind_folder = AE_IFDIR,
    carchive_kind_link = AE_IFLNK,
};

#endif
