# What `cmake --install` gives to other projects:  find_package(thalweg)  and the target thalweg::thalweg.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(thalweg INTERFACE)
target_link_libraries(thalweg INTERFACE thalweg_variational thalweg_optimize thalweg_stopping thalweg_dynamics thalweg_trust
  thalweg_fokker_planck thalweg_sde thalweg_density)
add_library(thalweg::thalweg ALIAS thalweg)

install(TARGETS thalweg thalweg_bits thalweg_core thalweg_autodiff thalweg_density thalweg_dynamics thalweg_trust thalweg_stopping
  thalweg_optimize thalweg_variational thalweg_fokker_planck thalweg_sde
  EXPORT thalweg ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
if(THALWEG_MPI)
  install(TARGETS thalweg_mpi EXPORT thalweg ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  set(find_mpi "find_dependency(MPI COMPONENTS CXX)")
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/thalweg DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
  FILES_MATCHING PATTERN "*.hpp")
install(EXPORT thalweg NAMESPACE thalweg:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/thalweg COMPONENT development)

file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/thalweg-config.cmake @ONLY CONTENT [[
include(CMakeFindDependencyMacro)
find_dependency(fmt)
find_dependency(Threads)
find_dependency(Eigen3)
@find_mpi@
include(${CMAKE_CURRENT_LIST_DIR}/thalweg.cmake)
]])
write_basic_package_version_file(${PROJECT_BINARY_DIR}/thalweg-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/thalweg-config.cmake ${PROJECT_BINARY_DIR}/thalweg-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/thalweg COMPONENT development)
