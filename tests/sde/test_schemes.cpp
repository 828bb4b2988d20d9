#include <gmock/gmock.h>

#include "thalweg/sde/named/double_well.hpp"
#include "thalweg/sde/sde_of.hpp"
TEST(a,b){ auto m = thalweg::sde_of(thalweg::DoubleWell{}); EXPECT_EQ(m.dimension(),1);}
