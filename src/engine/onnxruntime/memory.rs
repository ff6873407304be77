//! What becomes of memory that is freed.
//!
//! Sessions have no arena of their own: each tensor of each batch is allocated and freed. The allocator
//! of glibc gives such blocks back to the system at once, which then clears every page anew; for
//! sessions that run few batches, as those of reference points, that was a quarter of the time.

/// Blocks up to this size come from memory that is kept: no tensor of a batch is larger (see the
/// planner's largest working set).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGEST_KEPT: i32 = 16 << 20;
/// So much freed memory is kept by each thread's arena.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: i32 = 64 << 20;

/// Has the allocator of the process keep what batches free.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the C library has no safe form of this")]
pub fn keep_freed() {
    // SAFETY: mallopt takes two numbers and sets parameters of the allocator under its own lock; it
    // touches no block that is in use.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGEST_KEPT);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
    }
}

/// Other allocators keep what is freed by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn keep_freed() {}
