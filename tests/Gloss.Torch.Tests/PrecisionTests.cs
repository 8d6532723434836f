namespace Gloss.Torch.Tests;

public sealed class PrecisionTests
{
    [Fact]
    public void BFloat16_InsideAndAfter_ProductsAreBFloat16OnlyInside()
    {
        using var live = new LiveValues();
        using var scope = TensorScope.Begin();
        var a = Tensors.Ones([4, 4]);

        using (Precision.BFloat16())
            Assert.Equal(ScalarType.BFloat16, a.MatMul(a).Type);

        Assert.Equal(ScalarType.Float32, a.MatMul(a).Type);
    }

    [Fact]
    public void BFloat16_Nested_TheOuterOneOutlivesTheInner()
    {
        using var scope = TensorScope.Begin();
        var a = Tensors.Ones([4, 4]);
        using (Precision.BFloat16())
        {
            using (Precision.BFloat16())
            {
            }
            Assert.Equal(ScalarType.BFloat16, a.MatMul(a).Type);
        }
        Assert.Equal(ScalarType.Float32, a.MatMul(a).Type);
    }

    [Fact]
    public void BFloat16_OfAnotherDevice_LeavesTheProcessorAlone()
    {
        using var scope = TensorScope.Begin();
        var a = Tensors.Ones([4, 4]);
        using (Precision.BFloat16(new Device(DeviceType.Cuda, 0)))
            Assert.Equal(ScalarType.Float32, a.MatMul(a).Type);
    }
}
