using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Gloss.Torch.Native;

/// <summary>The functions of <c>native/torch/gloss_torch.h</c>, in its order.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = "gloss_torch";
    private const int InterfaceVersion = 1;

    static NativeMethods()
    {
        NativeLibraries.Register(typeof(NativeMethods).Assembly);
        NativeEnvironment.Prepare();
        if (Unsafe.SizeOf<NativeArgument>() != 32 || Unsafe.SizeOf<TensorInfo>() != 40)
            throw new NativeException("the struct layouts differ from native/torch/gloss_torch.h");
        var version = gloss_torch_interface_version();
        if (version != InterfaceVersion)
        {
            throw new NativeException($"libgloss_torch speaks version {version} of its interface, expected " +
                $"{InterfaceVersion} · hint: build native/ anew");
        }
        Check(gloss_torch_initialize());
    }

    [LibraryImport(Library)] public static partial int gloss_torch_interface_version();
    [LibraryImport(Library)] public static partial int gloss_torch_error(byte* buffer, int capacity);
    [LibraryImport(Library)] public static partial int gloss_torch_initialize();
    [LibraryImport(Library)] public static partial int gloss_torch_describe(byte* buffer, int capacity, out int length);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int gloss_operator_find(string name, string overload, out IntPtr result);
    [LibraryImport(Library)]
    public static partial int gloss_operator_schema(IntPtr op, byte* buffer, int capacity, out int length);
    [LibraryImport(Library)]
    public static partial int gloss_operator_call(IntPtr op, NativeArgument* arguments, int count,
        NativeArgument* results, int capacity, out int resultCount);

    [LibraryImport(Library)] public static partial void gloss_value_free(IntPtr value);
    [LibraryImport(Library)]
    public static partial int gloss_tensor_from_memory(void* data, long* sizes, int dimensionCount, int dtype,
        out IntPtr result);
    [LibraryImport(Library)]
    public static partial int gloss_tensor_wrap_memory(void* data, long* sizes, int dimensionCount, int dtype,
        delegate* unmanaged<void*, void> release, void* context, out IntPtr result);
    [LibraryImport(Library)]
    public static partial int gloss_tensor_describe(IntPtr tensor, out TensorInfo info, long* sizes, long* strides,
        int capacity);
    [LibraryImport(Library)] public static partial int gloss_tensor_data(IntPtr tensor, out void* data);

    [LibraryImport(Library)] public static partial int gloss_tensor_gradient(IntPtr tensor, out IntPtr result);
    [LibraryImport(Library)] public static partial int gloss_tensor_set_gradient(IntPtr tensor, IntPtr gradient);
    [LibraryImport(Library)]
    public static partial int gloss_backward(IntPtr* roots, IntPtr* gradients, int count, int retainGraph);
    [LibraryImport(Library)] public static partial int gloss_guard_enter(int kind, out IntPtr guard);
    [LibraryImport(Library)] public static partial int gloss_guard_exit(int kind, IntPtr guard);

    [LibraryImport(Library)] public static partial int gloss_set_threads(int count);
    [LibraryImport(Library)] public static partial int gloss_get_threads(out int count);
    [LibraryImport(Library)] public static partial int gloss_set_seed(ulong seed);
    [LibraryImport(Library)] public static partial int gloss_get_random_state(out IntPtr state);
    [LibraryImport(Library)] public static partial int gloss_set_random_state(IntPtr state);
    [LibraryImport(Library)] public static partial int gloss_cuda_device_count(out int count);

    /// <summary>
    /// Throws <see cref="NativeException"/> with this thread's message when <paramref name="status"/> tells of a
    /// failure.
    /// </summary>
    public static void Check(int status, string? what = null)
    {
        if (status != 0)
            throw new NativeException(what is null ? LastError() : $"{what} failed · {LastError()}");
    }

    /// <summary>This thread's last message.</summary>
    public static string LastError()
    {
        var buffer = new byte[4096];
        fixed (byte* start = buffer)
        {
            var length = Math.Min(gloss_torch_error(start, buffer.Length), buffer.Length);
            return Encoding.UTF8.GetString(buffer, 0, length).Trim();
        }
    }

    /// <summary>Reads a text of unknown length by asking twice.</summary>
    public static string ReadText(ReadNativeText read)
    {
        Check(read(null, 0, out var length));
        var buffer = new byte[length];
        fixed (byte* start = buffer)
            Check(read(start, length, out _));
        return Encoding.UTF8.GetString(buffer);
    }

    /// <summary>Copies a text of at most <paramref name="capacity"/> bytes and tells its whole length.</summary>
    public delegate int ReadNativeText(byte* buffer, int capacity, out int length);
}
