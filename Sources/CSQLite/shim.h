#include <sqlite3.h>

// sqlite3_db_config is variadic, which Swift does not import: switches one of its flags.
static inline int hako_sqlite_configure(sqlite3 *database, int flag, int on) {
    return sqlite3_db_config(database, flag, on, (int *)0);
}

// The macro that makes SQLite copy a value, which Swift does not import either.
static inline sqlite3_destructor_type hako_sqlite_copies(void) { return SQLITE_TRANSIENT; }
