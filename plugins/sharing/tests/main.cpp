#define BOOST_TEST_MODULE sharing
#include <boost/test/unit_test.hpp>
