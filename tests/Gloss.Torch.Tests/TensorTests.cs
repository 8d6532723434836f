namespace Gloss.Torch.Tests;

public sealed class TensorTests
{
    [Fact]
    public void FromData_RoundTrip_KeepsElementsAndShape()
    {
        using var live = new LiveValues();
        using var tensor = Tensor.FromData([1f, 2f, 3f, 4f, 5f, 6f], 2, 3);
        Assert.Equal([2, 3], tensor.Shape);
        Assert.Equal([1f, 2f, 3f, 4f, 5f, 6f], tensor.ToArray<float>());
        using var transposed = tensor.Transpose(0, 1);
        Assert.False(transposed.IsContiguous);
        Assert.Equal([1f, 4f, 2f, 5f, 3f, 6f], transposed.ToArray<float>());
    }

    [Fact]
    public void FromData_WrongCount_NamesBothSizes()
    {
        var error = Assert.Throws<ArgumentException>(() => Tensor.FromData([1f, 2f, 3f], 2, 2));
        Assert.Contains("expected 16", error.Message);
    }

    [Fact]
    public void MatMul_WrongShapes_NamesOperatorShapesAndTypes()
    {
        using var live = new LiveValues();
        using var a = Tensors.Zeros([2, 3]);
        using var b = Tensors.Zeros([4, 5]);
        var error = Assert.Throws<NativeException>(() => a.MatMul(b));
        Assert.Contains("aten::matmul", error.Message);
        Assert.Contains("(2, 3) Float32", error.Message);
        Assert.Contains("(4, 5) Float32", error.Message);
    }

    [Fact]
    public void Operator_Unknown_SaysThatLibtorchLacksIt()
    {
        var error = Assert.Throws<NativeException>(() => new Native.Operator("aten::no_such_operator").Call());
        Assert.Contains("no_such_operator", error.Message);
    }

    [Fact]
    public void Disposed_Use_Throws()
    {
        var tensor = Tensors.Zeros([1]);
        tensor.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor + 1);
    }

    [Fact]
    public void Scalar_IntegerOnIntegerTensor_StaysInteger()
    {
        using var tensor = Tensors.Arange(4);
        using var sum = tensor + 1;
        Assert.Equal([1L, 2L, 3L, 4L], sum.ToArray<long>());
    }

    [Fact]
    public void Index_NullTakesWholeDimension()
    {
        using var live = new LiveValues();
        using var tensor = Tensor.FromData([1f, 2f, 3f, 4f], 2, 2);
        using var ids = Tensor.FromData([1L]);
        using var column = tensor.Index(null, ids);
        Assert.Equal([2f, 4f], column.ToArray<float>());
    }

    [Fact]
    public void Parse_UnknownDevice_ListsTheChoices()
    {
        Assert.Equal(Device.Cpu, Device.Parse("cpu"));
        Assert.Contains("auto, cpu, cuda", Assert.Throws<ArgumentException>(() => Device.Parse("tpu")).Message);
    }

    [Fact]
    public void BFloat16_Conversion_RoundsToNearest()
    {
        using var live = new LiveValues();
        using var tensor = Tensor.FromData([1f, 1.00390625f, 3.14159274f], 3);
        using var half = tensor.To(ScalarType.BFloat16);
        using var back = half.To(ScalarType.Float32);
        Assert.Equal([1f, 1f, 3.140625f], back.ToArray<float>());
    }
}
