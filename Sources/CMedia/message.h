// One failure line, written into the caller's buffer of CMEDIA_MESSAGE_BYTES.

#ifndef CMEDIA_MESSAGE_H
#define CMEDIA_MESSAGE_H

#include "CMedia.h"

#include <stdio.h>

static inline bool cmedia_fail(char *message, const char *text)
{
    snprintf(message, CMEDIA_MESSAGE_BYTES, "%s", text);
    return false;
}

#endif
