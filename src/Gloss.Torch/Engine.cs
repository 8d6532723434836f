using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>Settings of libtorch that hold for the whole process.</summary>
public static unsafe class Engine
{
    /// <summary>Threads inside one operator. libtorch of some distributions starts with one.</summary>
    public static int Threads
    {
        get
        {
            NativeMethods.Check(NativeMethods.gloss_get_threads(out var count));
            return count;
        }
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            NativeMethods.Check(NativeMethods.gloss_set_threads(value));
        }
    }

    /// <summary>CUDA devices that this libtorch can use; 0 for a build without CUDA.</summary>
    public static int CudaDeviceCount
    {
        get
        {
            NativeMethods.Check(NativeMethods.gloss_cuda_device_count(out var count));
            return count;
        }
    }

    /// <summary>libtorch's own account of its version, libraries and threads, several lines.</summary>
    public static string Description => NativeMethods.ReadText((byte* buffer, int capacity, out int length) =>
        NativeMethods.gloss_torch_describe(buffer, capacity, out length));

    /// <summary>Native values that live; a finished computation leaves the count where it was.</summary>
    public static long LiveValueCount => ValueHandle.LiveCount;

    /// <summary>Seeds libtorch's generators on all devices.</summary>
    public static void Seed(ulong seed) => NativeMethods.Check(NativeMethods.gloss_set_seed(seed));

    /// <summary>The state of the processor's generator, a uint8 tensor; the caller owns it.</summary>
    public static Tensor GetRandomState()
    {
        NativeMethods.Check(NativeMethods.gloss_get_random_state(out var state));
        return new Tensor(state);
    }

    /// <summary>Puts the processor's generator back to a state from <see cref="GetRandomState"/>.</summary>
    public static void SetRandomState(Tensor state)
    {
        NativeMethods.Check(NativeMethods.gloss_set_random_state(state.Pointer));
        GC.KeepAlive(state);
    }
}
