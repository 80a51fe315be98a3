// Decompresses a gzip file with zlib and isa-l in pieces, as a layer comes, and with libdeflate, which takes it whole:
//   gzip FILE ROUNDS      writes lines of `library <tab> median seconds <tab> lowest <tab> plain bytes <tab> bytes of buffers`.
// Seconds are the processor's. The rounds alternate (A B C A B C ...), so that what disturbs the machine disturbs all.
#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum { INPUT = 256 << 10, OUTPUT = 512 << 10, MOST_ROUNDS = 1000 };

static unsigned char *file;
static size_t size;
static unsigned char *output;

static void die(const char *what) {
  fprintf(stderr, "gzip: %s\n", what);
  exit(1);
}

static size_t with_zlib(void) {
  z_stream stream = {0};
  size_t plain = 0;
  int code = inflateInit2(&stream, 15 + 16);
  for (size_t at = 0; code == Z_OK && at < size;) {
    uInt given = size - at < INPUT ? size - at : INPUT;
    stream.next_in = file + at;
    stream.avail_in = given;
    do {
      stream.next_out = output;
      stream.avail_out = OUTPUT;
      code = inflate(&stream, Z_NO_FLUSH);
      plain += OUTPUT - stream.avail_out;
    } while (code == Z_OK && stream.avail_out == 0);
    if (code == Z_BUF_ERROR) code = Z_OK;
    at += given - stream.avail_in;
  }
  inflateEnd(&stream);
  return code == Z_STREAM_END ? plain : 0;
}

static size_t with_isal(void) {
  static struct inflate_state state;
  isal_inflate_init(&state);
  state.crc_flag = ISAL_GZIP;
  size_t plain = 0;
  for (size_t at = 0; at < size && state.block_state != ISAL_BLOCK_FINISH;) {
    uint32_t given = size - at < INPUT ? size - at : INPUT;
    state.next_in = file + at;
    state.avail_in = given;
    do {
      state.next_out = output;
      state.avail_out = OUTPUT;
      if (isal_inflate(&state) != ISAL_DECOMP_OK) return 0;
      plain += OUTPUT - state.avail_out;
    } while (state.avail_out == 0);
    at += given - state.avail_in;
  }
  return state.block_state == ISAL_BLOCK_FINISH ? plain : 0;
}

static unsigned char *whole;
static size_t whole_size;

static size_t with_libdeflate(void) {
  struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
  size_t plain = 0;
  enum libdeflate_result code = libdeflate_gzip_decompress(decompressor, file, size, whole, whole_size, &plain);
  libdeflate_free_decompressor(decompressor);
  return code == LIBDEFLATE_SUCCESS ? plain : 0;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static int ascending(const void *a, const void *b) {
  double one = *(const double *)a, other = *(const double *)b;
  return (one > other) - (one < other);
}

int main(int count, char **words) {
  int rounds = count == 3 ? atoi(words[2]) : 0;
  if (rounds < 1 || rounds > MOST_ROUNDS) die("usage: gzip FILE ROUNDS");
  int descriptor = open(words[1], O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (descriptor < 0 || fstat(descriptor, &status) != 0 || status.st_size < 18) die("cannot read the file");
  size = status.st_size;
  file = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
  output = malloc(OUTPUT);
  if (file == MAP_FAILED || !output) die("cannot read the file");
  // RFC 1952: the last four bytes are the plain size.
  uint32_t plain_size;
  memcpy(&plain_size, file + size - 4, 4);
  whole_size = plain_size;
  whole = malloc(whole_size);
  if (!whole) die("not enough memory");
  memset(whole, 1, whole_size);

  static struct {
    const char *name;
    size_t (*run)(void);
    size_t buffers;
    double times[MOST_ROUNDS];
  } libraries[] = {{"zlib", with_zlib, INPUT + OUTPUT, {0}},
                          {"isa-l", with_isal, INPUT + OUTPUT, {0}},
                          {"libdeflate", with_libdeflate, 0, {0}}};
  libraries[2].buffers = size + whole_size;
  for (int round = 0; round < rounds; round++) {
    for (int library = 0; library < 3; library++) {
      double start = now();
      if (libraries[library].run() != plain_size) die(libraries[library].name);
      libraries[library].times[round] = now() - start;
    }
  }
  for (int library = 0; library < 3; library++) {
    qsort(libraries[library].times, rounds, sizeof(double), ascending);
    printf("%s\t%.4f\t%.4f\t%u\t%zu\n", libraries[library].name, libraries[library].times[rounds / 2],
           libraries[library].times[0], plain_size, libraries[library].buffers);
  }
}
