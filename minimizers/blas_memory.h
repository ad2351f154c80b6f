/* BLAS memory: OpenBLAS takes buffers of many megabytes at its first real work, and tries for ever where the system
 * gives none. So the system is asked first, wherever LAPACK or CHOLMOD's supernodal factors are about to work. */
#ifndef GZ_BLAS_MEMORY_H
#define GZ_BLAS_MEMORY_H

#include "context.h"

/* GZ_ERROR_MEMORY if this process cannot have what BLAS may take now, and `beside` bytes more that the caller takes
 * until BLAS works. */
gz_status gz_check_blas_memory(gz_context *context, size_t beside);

#endif
