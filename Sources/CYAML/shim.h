// The parser of YAML: a stream of bytes as events. What they mean is said in Swift.
#include <yaml.h>
