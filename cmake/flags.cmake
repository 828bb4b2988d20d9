# Flags that decide bits. `thalweg_bits` carries those that users of the headers must share.
include(CheckCXXCompilerFlag)

# The host is built for a fixed baseline, never for the machine it happens to be built on.
set(THALWEG_ARCH "x86-64-v3" CACHE STRING "-march of the library and the command line (empty: the compiler's default)")
if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(THALWEG_ARCH "")
endif()

add_library(thalweg_bits INTERFACE)
add_library(thalweg::bits ALIAS thalweg_bits)
target_compile_features(thalweg_bits INTERFACE cxx_std_20)
target_compile_options(thalweg_bits INTERFACE -ffp-contract=off $<$<CXX_COMPILER_ID:GNU>:-Wno-psabi>)
if(THALWEG_ARCH)
  target_compile_options(thalweg_bits INTERFACE -march=${THALWEG_ARCH})
endif()
target_include_directories(thalweg_bits INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include>)

# Warnings for our own sources only.
add_library(thalweg_warnings INTERFACE)
# (-Wrestrict: g++ 12 raises a false alarm for `"text" + std::string()`, GCC bug 105651.)
target_compile_options(thalweg_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow=local
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)

# thalweg_room(NAME [DEPENDS …]): one static library for the sources of the current folder.
function(thalweg_room name)
  cmake_parse_arguments(ROOM "" "" "DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.hpp)
  if(sources)
    add_library(thalweg_${name} STATIC ${sources} ${headers})
    target_link_libraries(thalweg_${name} PUBLIC thalweg_bits ${ROOM_DEPENDS} PRIVATE $<BUILD_INTERFACE:thalweg_warnings>)
  else()
    add_library(thalweg_${name} INTERFACE)
    target_link_libraries(thalweg_${name} INTERFACE thalweg_bits ${ROOM_DEPENDS})
  endif()
  add_library(thalweg::${name} ALIAS thalweg_${name})
endfunction()

# thalweg_tests(ROOM [LIBRARIES …] [LABELS …]): one test program a room from all *.cpp of the current folder.
function(thalweg_tests room)
  cmake_parse_arguments(T "" "" "LIBRARIES;LABELS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${room} ${sources})
  target_link_libraries(test_${room} PRIVATE ${T_LIBRARIES} thalweg_warnings GTest::gmock GTest::gtest_main)
  target_compile_definitions(test_${room} PRIVATE
    THALWEG_SOURCE_DIR="${PROJECT_SOURCE_DIR}" THALWEG_SHARED_DIR="${PROJECT_SOURCE_DIR}/../shared")
  set(properties TIMEOUT 1800)
  if(T_LABELS)
    list(APPEND properties LABELS "${T_LABELS}")
  endif()
  gtest_discover_tests(test_${room} TEST_PREFIX ${room}. DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
endfunction()
