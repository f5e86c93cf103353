// How the allocator treats large buffers: malloc.h is none of the headers that Swift sees.

#include "CMedia.h"

#include <malloc.h>

void cmedia_map_large_buffers(size_t bytes)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, (int)bytes);
#else
    (void)bytes;
#endif
}
