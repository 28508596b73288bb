# liburing, llhttp and the kernel headers that `make setup` unpacked into build/sysroot.

set(TRIVET_SYSROOT ${PROJECT_SOURCE_DIR}/build/sysroot CACHE PATH "Unpacked Debian 13 packages")
set(triplet ${CMAKE_CXX_LIBRARY_ARCHITECTURE})
if(NOT triplet)
    set(triplet ${CMAKE_SYSTEM_PROCESSOR}-linux-gnu)
endif()
set(TRIVET_SYSROOT_LIBRARIES ${TRIVET_SYSROOT}/usr/lib/${triplet})

foreach(file usr/include/liburing.h usr/include/llhttp.h
             usr/lib/${triplet}/liburing.a usr/lib/${triplet}/libllhttp.a)
    if(NOT EXISTS ${TRIVET_SYSROOT}/${file})
        message(FATAL_ERROR "${TRIVET_SYSROOT}/${file} is missing: run `make setup` first")
    endif()
endforeach()

# SYSTEM: other people's headers are not held to our warnings.
add_library(trivet_liburing INTERFACE)
add_library(trivet::liburing ALIAS trivet_liburing)
target_include_directories(trivet_liburing SYSTEM INTERFACE
    ${TRIVET_SYSROOT}/usr/include ${TRIVET_SYSROOT}/usr/include/${triplet})
target_link_libraries(trivet_liburing INTERFACE ${TRIVET_SYSROOT_LIBRARIES}/liburing.a)

add_library(trivet_llhttp INTERFACE)
add_library(trivet::llhttp ALIAS trivet_llhttp)
target_include_directories(trivet_llhttp SYSTEM INTERFACE ${TRIVET_SYSROOT}/usr/include)
target_link_libraries(trivet_llhttp INTERFACE ${TRIVET_SYSROOT_LIBRARIES}/libllhttp.a)
