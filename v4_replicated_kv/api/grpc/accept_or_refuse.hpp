// What becomes of gRPC's clients when no descriptor is left: they are refused.
//
// Why       gRPC 1.51 takes an accept4() that finds no descriptor for the end of its
//           listening: nobody is ever let in again, though descriptors come back
//           (grpc/grpc issues 16058 and 20418). So it calls ours, which says no such thing.
// Idea      one descriptor is kept for this. It makes way for the connection that waits,
//           which is closed at once: its client hears so, and the queue is empty.
// Breaks if  the program is linked so that the library finds the system's function first; a
//            test fills a server with connections, and would see it.
// Threads   any.
#pragma once

namespace kv::rpc {

// From now on in this process, for who calls accept4(): Asio calls accept(), and is not meant.
void refuse_without_descriptors();

}  // namespace kv::rpc
