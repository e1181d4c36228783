/* CoreAudioTypes.h - formats, time stamps and channel layouts of Core Audio,
   declared anew from its documentation for builds without an SDK. Sizes and
   offsets were compared with Apple's for both architectures.
   SPDX-License-Identifier: MIT */
#ifndef VSC_APPLE_CORE_AUDIO_TYPES_H
#define VSC_APPLE_CORE_AUDIO_TYPES_H

#include <CoreFoundation/CoreFoundation.h>

/* Four characters, as Apple's headers write 'abcd'. */
#define VSC_FOURCC(a, b, c, d)                                                 \
  ((UInt32)(a) << 24 | (UInt32)(b) << 16 | (UInt32)(c) << 8 | (UInt32)(d))

typedef struct AudioValueRange {
  Float64 mMinimum, mMaximum;
} AudioValueRange;

typedef UInt32 AudioFormatID;
typedef UInt32 AudioFormatFlags;
enum { kAudioFormatLinearPCM = VSC_FOURCC('l', 'p', 'c', 'm') };
enum {
  kAudioFormatFlagIsFloat = 1u << 0,
  kAudioFormatFlagIsPacked = 1u << 3,
};

typedef struct AudioStreamBasicDescription {
  Float64 mSampleRate;
  AudioFormatID mFormatID;
  AudioFormatFlags mFormatFlags;
  UInt32 mBytesPerPacket;
  UInt32 mFramesPerPacket;
  UInt32 mBytesPerFrame;
  UInt32 mChannelsPerFrame;
  UInt32 mBitsPerChannel;
  UInt32 mReserved;
} AudioStreamBasicDescription;

typedef struct AudioStreamRangedDescription {
  AudioStreamBasicDescription mFormat;
  AudioValueRange mSampleRateRange;
} AudioStreamRangedDescription;

typedef struct SMPTETime {
  SInt16 mSubframes, mSubframeDivisor;
  UInt32 mCounter, mType, mFlags;
  SInt16 mHours, mMinutes, mSeconds, mFrames;
} SMPTETime;

enum {
  kAudioTimeStampSampleTimeValid = 1u << 0,
  kAudioTimeStampHostTimeValid = 1u << 1,
  kAudioTimeStampRateScalarValid = 1u << 2,
};

typedef struct AudioTimeStamp {
  Float64 mSampleTime;
  UInt64 mHostTime;
  Float64 mRateScalar;
  UInt64 mWordClockTime;
  SMPTETime mSMPTETime;
  UInt32 mFlags;
  UInt32 mReserved;
} AudioTimeStamp;

enum {
  kAudioChannelLayoutTag_UseChannelDescriptions = 0,
  kAudioChannelLabel_Discrete_0 = 1u << 16,
};

typedef struct AudioChannelDescription {
  UInt32 mChannelLabel;
  UInt32 mChannelFlags;
  Float32 mCoordinates[3];
} AudioChannelDescription;

typedef struct AudioChannelLayout {
  UInt32 mChannelLayoutTag;
  UInt32 mChannelBitmap;
  UInt32 mNumberChannelDescriptions;
  AudioChannelDescription mChannelDescriptions[1];
} AudioChannelLayout;

#define VSC_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
#define VSC_OFFSET(type, field, at)                                            \
  _Static_assert(offsetof(type, field) == (at), #type "." #field)

VSC_SIZE(AudioValueRange, 16);
VSC_SIZE(AudioStreamBasicDescription, 40);
VSC_OFFSET(AudioStreamBasicDescription, mFormatID, 8);
VSC_OFFSET(AudioStreamBasicDescription, mBytesPerFrame, 24);
VSC_OFFSET(AudioStreamBasicDescription, mBitsPerChannel, 32);
VSC_SIZE(AudioStreamRangedDescription, 56);
VSC_OFFSET(AudioStreamRangedDescription, mSampleRateRange, 40);
VSC_SIZE(SMPTETime, 24);
VSC_SIZE(AudioTimeStamp, 64);
VSC_OFFSET(AudioTimeStamp, mHostTime, 8);
VSC_OFFSET(AudioTimeStamp, mSMPTETime, 32);
VSC_OFFSET(AudioTimeStamp, mFlags, 56);
VSC_SIZE(AudioChannelDescription, 20);
VSC_OFFSET(AudioChannelLayout, mChannelDescriptions, 12);

#endif
