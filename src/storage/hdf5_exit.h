/* HDF5's exit: at the end of a process HDF5 closes what is still open. Version 1.10 crashes there if the end of a file
 * could not be written, since such a file stays on its list. A program that closes all its files can do without; a
 * library may not decide that. */
#ifndef GZ_HDF5_EXIT_H
#define GZ_HDF5_EXIT_H

/* Nothing is left to the end of this process. Call it before anything else of HDF5. */
void gz_hdf5_skip_exit(void);

#endif
